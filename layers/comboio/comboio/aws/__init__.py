"""A lean way to the AWS services that are called for every batch; boto3 serves all the others.

boto3 costs about 1 ms of CPU a call and 0.4 s of import; signing and a plain HTTP round trip a fraction of
both (docs/adr/0006-lean-transport.md). Only services that speak JSON over POST are called this way.
"""
