"""What `spark-submit` is given, for it takes a file: `spark-submit … submit.py enrich --spark FILE… --out DIR`."""

from frontdesk.cli import main

main()
