"""What stands behind `MARCWriter`: repairs, divided records, and files of whole records."""
