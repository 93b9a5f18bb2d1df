"""Answers in one file that can be handed on, opened without anything installed, and checked."""
