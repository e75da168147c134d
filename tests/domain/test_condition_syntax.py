"""Conditions are read as people write them, refused where they are not clear, and written back the same."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.condition import (
    And,
    Arithmetic,
    BadCondition,
    Baseline,
    Cohort,
    Comparison,
    Condition,
    MetricRef,
    Not,
    Operation,
    Or,
    Quantity,
    Relation,
    Value,
    Window,
    WindowKind,
    baselines_of,
    metrics_of,
    series_of,
    windows_of,
)
from bot.domain.condition_check import check_units_alone
from bot.domain.condition_syntax import parse_condition
from bot.domain.measure import Measure

A_RELATION = "a comparison (<, <=, >, >=, == or !=)"
FIVE_MINUTES = Window(WindowKind.FOR, timedelta(minutes=5))


def metric(name: str, cohort: Cohort | None = None) -> MetricRef:
    return MetricRef(name, cohort)


def quantity(amount: str, measure: Measure = Measure.PLAIN) -> Quantity:
    return Quantity(Decimal(amount), measure)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("error_rate <= baseline", Comparison(metric("error_rate"), Relation.AT_MOST, Baseline())),
        ("p95 < 500ms", Comparison(metric("p95"), Relation.BELOW, quantity("500", Measure.MILLISECONDS))),
        (
            "task_completion > 40%",
            Comparison(metric("task_completion"), Relation.ABOVE, quantity("40", Measure.PERCENT)),
        ),
        (
            "error_rate > 1% for 5m",
            Comparison(metric("error_rate"), Relation.ABOVE, quantity("1", Measure.PERCENT), FIVE_MINUTES),
        ),
        (
            "problems >= 3 within 1h",
            Comparison(
                metric("problems"), Relation.AT_LEAST, quantity("3"), Window(WindowKind.WITHIN, timedelta(hours=1))
            ),
        ),
        (
            "canary.error_rate <= control.error_rate * 1.5",
            Comparison(
                metric("error_rate", Cohort.CANARY),
                Relation.AT_MOST,
                Arithmetic(metric("error_rate", Cohort.CONTROL), Operation.TIMES, quantity("1.5")),
            ),
        ),
        (
            "error_rate <= baseline + 0.2%",
            Comparison(
                metric("error_rate"),
                Relation.AT_MOST,
                Arithmetic(Baseline(), Operation.PLUS, quantity("0.2", Measure.PERCENT)),
            ),
        ),
    ],
)
def test_the_forms_of_a_plan_become_typed_values(text: str, condition: Condition) -> None:
    assert parse_condition(text) == condition
    assert str(condition) == text


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("a  <=   3", "a <= 3"),
        ("a ≤ 3 AND b ≥ 2 or c ≠ 1", "a <= 3 and b >= 2 or c != 1"),
        ("error_rate<0.50 %", "error_rate < 0.5%"),
        ("p95 < 0.5s", "p95 < 0.5s"),
        ("queue_age < 5min", "queue_age < 5m"),
        ("queue_age < 1h30m", "queue_age < 90m"),
        ("queue_age < 1d 12h", "queue_age < 36h"),
        ("logins >= 10 per minute", "logins >= 10/min"),
        ("logins >= 2 / s", "logins >= 2/s"),
        ("tickets < 10/day", "tickets < 10/day"),
        ("growth > -5%", "growth > -5%"),
        ("error_rate - baseline < 0.2%", "error_rate - baseline < 0.2%"),
        ("(a + b) * 2 < c - (e - f)", "(a + b) * 2 < c - (e - f)"),
        ("((a) < (3))", "a < 3"),
        ("not (a < 3 or b < 3) and (c > 1 or e > 1)", "not (a < 3 or b < 3) and (c > 1 or e > 1)"),
        ("a > 1% for 1h30m", "a > 1% for 1h30m"),
        ("a > 1% for 24h", "a > 1% for 1d"),
    ],
)
def test_every_form_has_one_canonical_text(text: str, canonical: str) -> None:
    assert str(parse_condition(text)) == canonical
    assert parse_condition(canonical) == parse_condition(text)


@pytest.mark.parametrize(
    "text",
    [
        # A verification flow: no worse than before, few complaints.
        "verification_failures <= baseline",
        "database_errors <= baseline and api_errors <= baseline",
        "verification_success >= baseline",
        "response_time <= baseline * 1.1",
        # Privacy settings and calls.
        "error_rate < 0.1%",
        "p95_latency < 500ms",
        "call_connect_rate > 80%",
        "call_completion_rate > 90%",
        "database_cpu < 80%",
        "uptime > 99.9%",
        "privacy_adoption > 50%",
        "abuse_rate < 1%",
        "error_rate > 1% or critical_bugs >= 1",
        "calls_per_ip <= 5/min and calls_per_user <= 10/min",
        # A payment product.
        "error_rate > 5%",
        "payment_success > 95%",
        "page_load < 2s",
        "api_response < 200ms",
        "support_tickets < 10/day",
        "app_store_rating > 4.0",
        # Customers become organisations.
        "support_tickets <= baseline",
        "query_time < 2s for 48h",
        # Customisable action plans.
        "error_rate < 0.5%",
        "user_engagement > 60%",
        "task_completion > 40%",
        "plan_load_p95 < 1s and task_update_p95 < 200ms",
        "api_response_p95 > 1s",
        "task_update_p95 > 500ms",
        "database_query_time > 2s",
        "websocket_disconnects > 5%",
        "return_rate >= baseline * 3",
        "pro_conversion >= baseline * 2.5",
        "feature_adoption >= 70%",
        "user_satisfaction > 4.3",
        "support_ticket_rate < 5%",
        "data_loss_incidents == 0",
    ],
)
def test_every_figure_of_the_five_plans_can_be_said(text: str) -> None:
    condition = parse_condition(text)
    assert parse_condition(str(condition)) == condition


@pytest.mark.parametrize(
    ("text", "column", "refusal"),
    [
        ("", 0, 'nothing is written where a condition such as "error_rate < 0.5%" was expected'),
        ("error_rate", 0, '"error_rate" is compared with nothing: expected a condition such as "error_rate < 0.5%"'),
        ("a <", 3, "the condition ends where a metric, a number or baseline was expected"),
        ("error_rate =< 1%", 11, f'found "=<" where {A_RELATION} was expected; did you mean "<="?'),
        ("error_rate => 1%", 11, f'found "=>" where {A_RELATION} was expected; did you mean ">="?'),
        ("error_rate = 1%", 11, f'found "=" where {A_RELATION} was expected; did you mean "=="?'),
        ("error_rate above 1%", 11, f'found "above" where {A_RELATION} was expected; did you mean ">"?'),
        ("a <=> 3", 2, f'found "<=>" where {A_RELATION} was expected'),
        ("a > 3 && b > 2", 6, 'found "&&" where "and", "or" or the end was expected; did you mean "and"?'),
        (
            "a > 1% for 5 minutes",
            11,
            '"5 minutes" is not a duration: expected 90s, 30m, 24h, 7d, 2w or a compound such as 1h30m; did you mean "5m"?',
        ),
        (
            "age > 5 minutes",
            8,
            'found "minutes" where a unit (%, ms, s, m, h, d, /s, /min, /h or /day), "and", "or" or the end was expected; did you mean "5m"?',
        ),
        ("a > 3 for", 9, 'the condition ends where a duration such as 5m after "for" was expected'),
        (
            "a > 5 per minutes",
            10,
            'found "minutes" where s, min, h or day after "per" was expected; did you mean "min"?',
        ),
        ("a > 3 for 5m within 1h", 13, "a comparison has one window: either for or within"),
        (
            "(a > 3 or b > 2) for 5m",
            17,
            '"for" belongs to one comparison: write it inside the parentheses, behind each',
        ),
        ("(a > 3", 0, 'a "(" is never closed: ")" is missing'),
        ("a > 3)", 5, 'a ")" closes nothing: "(" is missing'),
        (
            "1% < a < 5%",
            7,
            'found a second "<": a comparison has two sides; write it twice, as in "1% < a and a < 5%"',
        ),
        ("(a > 3) + 1 > 2", 0, '"a > 3" is a condition where a metric, a number or baseline was expected'),
        ("5 < 3", 0, '"5 < 3" names no metric'),
        ("baseline < 3", 0, '"baseline < 3" names no metric'),
        ("a + b < baseline", 0, "it is not clear whose baseline is meant: a or b"),
        ("a > baseline within 1h", 0, 'a baseline is a value and cannot be compared with a count "within" a time'),
        (
            "contol.a > 3",
            0,
            'found "contol" where "canary" or "control" before the dot was expected; did you mean "control"?',
        ),
        ("canary. > 3", 8, 'found ">" where the name of a metric after "canary." was expected'),
        (
            "(a > 3 b > 2)",
            7,
            'found "b" where a unit (%, ms, s, m, h, d, /s, /min, /h or /day), "and", "or" or the end was expected',
        ),
        ("(a > b c)", 7, 'found "c" where "and", "or" or ")" was expected'),
        ("a > -1h30m", 7, 'found "30" where one unit only behind a negative number was expected'),
        ("canary > 3", 0, '"canary" needs a metric: write "canary.error_rate"'),
        ("ms > 3", 0, '"ms" is a unit and needs a number before it'),
        (
            "Error_Rate > 3%",
            0,
            'found "Error_Rate" where the name of a metric in small letters was expected; did you mean "error_rate"?',
        ),
        (
            "problems > 3% within 1h",
            11,
            '"problems" is a number and "3%" a percentage: expected a number on the right, such as 3',
        ),
        ("a > 3% + 5ms", 9, '"3%" is a percentage and "5ms" a duration: they cannot be added or subtracted'),
        (
            "a < baseline * 110%",
            15,
            '"baseline * 110%" multiplies by a percentage: write a plain factor, such as 1.1 for 110%',
        ),
        ("a / 0 > 3", 4, '"a / 0" divides by zero'),
        ("a < 1m1h", 6, '"1h" cannot follow a part in "m": write larger units first'),
        ("a < 1234567890123456", 4, '"1234567890123456" has too many digits: at most 15'),
        ("a > 3 # b", 6, 'found "#" where "and", "or" or the end was expected'),
        ("a > - b", 6, 'found "b" where a number after "-" was expected'),
        ("a < " + "1 + " * 51 + "1", 206, "too many operations: at most 50"),
        ("not " * 21 + "a > 3", 80, "nested too deeply: at most 20 levels"),
        ("(" * 21 + "a > 3", 20, "nested too deeply: at most 20 levels"),
        ("a" * 501, 500, "501 characters are too many for one condition: at most 500"),
    ],
)
def test_a_refusal_says_where_what_and_what_was_meant(text: str, column: int, refusal: str) -> None:
    with pytest.raises(BadCondition) as caught:
        parse_condition(text)
    assert (caught.value.column, str(caught.value)) == (column, refusal)


def test_a_condition_names_the_metrics_baselines_and_windows_it_needs() -> None:
    condition = parse_condition(
        "canary.errors <= control.errors * 2 for 5m and (p95 <= baseline for 5m or not problems >= 3 within 1h) and p95 < 1s"
    )
    assert metrics_of(condition) == ("errors", "p95", "problems")
    assert [str(series) for series in series_of(condition)] == ["canary.errors", "control.errors", "p95", "problems"]
    assert baselines_of(condition) == ("p95",)
    assert [str(window) for window in windows_of(condition)] == ["for 5m", "within 1h"]


names = st.sampled_from(["error_rate", "p95", "problems", "_x1", "baselines", "fortnight"])
metrics = st.builds(MetricRef, names, st.none() | st.sampled_from(Cohort))
amounts = st.decimals(min_value=-9_999, max_value=9_999, places=3)
quantities = st.builds(Quantity, amounts, st.sampled_from(Measure))
values: st.SearchStrategy[Value] = st.recursive(
    metrics | quantities | st.just(Baseline()),
    lambda inner: st.builds(Arithmetic, inner, st.sampled_from(Operation), inner),
    max_leaves=5,
)
windows = st.builds(
    Window,
    st.sampled_from(WindowKind),
    st.integers(min_value=1, max_value=400 * 86_400).map(lambda s: timedelta(seconds=s)),
)


def says_something(comparison: Comparison) -> bool:
    """Whether the parser would let the comparison stand."""
    try:
        check_units_alone(comparison)
    except BadCondition:
        return False
    counts = comparison.window is not None and comparison.window.kind is WindowKind.WITHIN
    return bool(comparison.metrics) and not (comparison.uses_baseline and (counts or comparison.subject is None))


comparisons = st.builds(Comparison, values, st.sampled_from(Relation), values, st.none() | windows).filter(
    says_something
)
conditions: st.SearchStrategy[Condition] = st.recursive(
    comparisons,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=4,
).filter(lambda condition: len(str(condition)) <= 500)


@given(conditions)
def test_the_canonical_text_is_read_back_as_the_same_condition(condition: Condition) -> None:
    assert parse_condition(str(condition)) == condition


words = st.sampled_from(
    [
        "error_rate",
        "p95",
        "canary",
        ".",
        "control",
        "baseline",
        "and",
        "or",
        "not",
        "for",
        "within",
        "per",
        "(",
        ")",
        "<",
        "<=",
        "=>",
        "=",
        "==",
        "+",
        "-",
        "*",
        "/",
        "%",
        "ms",
        "s",
        "m",
        "h",
        "/min",
        "day",
        "5",
        "0.5",
        "5m",
        "1h30m",
        "500ms",
        "3%",
        ",",
        "&",
        "é",
        "\x00",
        "0",
        "1e5",
        "minutes",
    ]
)


@given(st.text(max_size=600) | st.lists(words, max_size=40).map(" ".join) | st.lists(words, max_size=40).map("".join))
def test_no_text_makes_anything_but_a_condition_or_a_refusal(text: str) -> None:
    try:
        condition = parse_condition(text)
    except BadCondition as bad:
        refusal = bad
    else:
        assert parse_condition(str(condition)) == condition
        return
    assert 0 <= refusal.column <= len(text)
