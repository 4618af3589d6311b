"""Files as survey tools write them: what a file is by its bytes, whose tool made it, what its
columns ask; and a first study.yml for it.
"""
