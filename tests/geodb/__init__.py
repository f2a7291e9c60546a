"""Network databases: ranges, files read and written, the build, the reader."""
