"""What each adapter gains over its framework's own retriever."""
