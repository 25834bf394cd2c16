"""Server-rendered pages, which work without JavaScript, and the files of the built desks."""
