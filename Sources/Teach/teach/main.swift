print("teach")
