def main(*, short): return 0
