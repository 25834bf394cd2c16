"""What this program costs, each row beside a reference run in the same minute."""
