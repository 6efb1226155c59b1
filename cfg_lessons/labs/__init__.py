"""The instructor's kit: a student version of the lessons, grading behind a wall, and the address of a fork.

exercises.py   what a lesson asks: stubs, checks, folded solutions
release.py     lessons -> an nbgrader course folder, a zip for the class, an instructor's version with the key
sealed.py      a copy of the package without the key, for the process in which a student's code runs
wall.py        what that process may touch
candidate.py   what runs in it: the student's cells, then the probes; it says what they saw
warden.py      the process itself: started, listened to, ended
judging.py     what they saw -> verdicts and points, as steps of nbgrader
grading.py     a class's submissions -> feedback and a report
address.py     every link, badge and set-up cell of a fork
"""
