"""WASI preview 1: what command-line programs compiled for wasm32-wasi need of their host.

    wasi = Wasi(["prog", "-v"], directories={"/data": "/home/me/data"})
    instance = engine.instantiate("prog.wasm", wasi.imports)
    status = wasi.run(instance)

A program gets what it is given, and nothing else: arguments, environment, standard streams, directories.
"""

from seaofnodes.wasi.host import Directory as Directory, Exit as Exit, Wasi as Wasi
