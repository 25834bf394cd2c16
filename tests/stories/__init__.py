"""Stories: the product as its people meet it, each a whole demo in processes of its own."""
