"""Small programs to begin from: receivers of what Comboio sends, a destination and a consumer of one's own."""
