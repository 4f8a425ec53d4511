"""`checkout doctor`: is everything as it must be, and if not, what is to be done?"""
