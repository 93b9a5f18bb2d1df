"""Annotations of citations: are they found again in converted files, and in the right place?"""
