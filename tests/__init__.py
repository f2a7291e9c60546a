"""The tests of frontdesk, folder for folder."""
