"""Rehearsals: the whole engine on a virtual clock, with people, figures and a chat that are made up."""
