#!/usr/bin/python3
"""paramiko_login.py: log in to many targets with Paramiko, in this one process, and say what that cost.

Standard input: a JSON object {"targets": [[address, port], ...], "user", "identity", "host_key", "script" (null: the login alone),
"threads"}. Standard output: a JSON object with cpu and wall (seconds), failures, and memory (peak, bytes). The key is loaded once and neither it nor the
import of the library is counted.
"""

import base64
import concurrent.futures
import json
import resource
import socket
import sys
import time

try:
    import paramiko
except ImportError:
    sys.exit("paramiko is not installed")


def log_in(job, target, client_key, host_key, script):
    """True when it worked; with a script, when its output is whole."""
    sock = socket.create_connection(tuple(target), timeout=60)
    transport = paramiko.Transport(sock)
    try:
        transport.connect(hostkey=host_key, username=job["user"], pkey=client_key)
        if script is None:
            return transport.is_authenticated()
        channel = transport.open_session()
        channel.exec_command("exec /bin/sh -s")
        channel.sendall(script)
        channel.shutdown_write()
        output = channel.makefile("rb").read()
        return channel.recv_exit_status() == 0 and output.endswith(b" done\n")
    finally:
        transport.close()


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    job = json.load(sys.stdin)
    client_key = paramiko.Ed25519Key.from_private_key_file(job["identity"])
    host_key = paramiko.Ed25519Key(data=base64.b64decode(job["host_key"]))
    script = open(job["script"], "rb").read() if job["script"] else None
    cpu = cpu_seconds()
    wall = time.monotonic()
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(job["threads"]) as pool:
        for future in [pool.submit(log_in, job, target, client_key, host_key, script) for target in job["targets"]]:
            try:
                failures += not future.result()
            except (OSError, EOFError, paramiko.SSHException) as why:
                print(f"paramiko: {why}", file=sys.stderr)
                failures += 1
    print(json.dumps({
        "cpu": cpu_seconds() - cpu,
        "wall": time.monotonic() - wall,
        "failures": failures,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


main()
