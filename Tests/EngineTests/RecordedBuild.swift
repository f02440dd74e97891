/// Progress that engine 20.10 sent while it built `RUN echo recorded-...` and `RUN exit 3`.
enum RecordedBuild {
    /// A step that begins, its output, its end, a step that fails, and the failure.
    static let failing = """
        {"id":"moby.buildkit.trace","aux":"CsQBCkdzaGEyNTY6ZmIwNmY1YWYzOWM1ZTVhOWIwODVkMjE0OWZkOWVlNzFlNWY4YTc1Y\
        jdlNWYyODgyZGM1OTMyY2Y1ZjM4NGI3YRJHc2hhMjU2OjM3N2Y0ZTBkNzUzNTI0NzM1ZTEyZjVhN2RhZmI4YzNlMzE1NTI2OWJhZWI3Y\
        2I4NjY3MGI3OGY5ZmRjMGUwZjgaI1syLzNdIFJVTiBlY2hvIHJlY29yZGVkLSQoZGF0ZSArJXMpKgsI4o6F2AYQmO/hLQ=="}
        {"id":"moby.buildkit.trace","aux":"Gm8KR3NoYTI1NjpmYjA2ZjVhZjM5YzVlNWE5YjA4NWQyMTQ5ZmQ5ZWU3MWU1ZjhhNzViN\
        2U1ZjI4ODJkYzU5MzJjZjVmMzg0YjdhEgwI4o6F2AYQ2OqmpgEYASIUcmVjb3JkZWQtMTc5NTI0NTkyMgo="}
        {"id":"moby.buildkit.trace","aux":"CtIBCkdzaGEyNTY6ZmIwNmY1YWYzOWM1ZTVhOWIwODVkMjE0OWZkOWVlNzFlNWY4YTc1Y\
        jdlNWYyODgyZGM1OTMyY2Y1ZjM4NGI3YRJHc2hhMjU2OjM3N2Y0ZTBkNzUzNTI0NzM1ZTEyZjVhN2RhZmI4YzNlMzE1NTI2OWJhZWI3Y\
        2I4NjY3MGI3OGY5ZmRjMGUwZjgaI1syLzNdIFJVTiBlY2hvIHJlY29yZGVkLSQoZGF0ZSArJXMpKgsI4o6F2AYQmO/hLTIMCOKOhdgGE\
        MzC6K4B"}
        {"id":"moby.buildkit.trace","aux":"CrIBCkdzaGEyNTY6YTA3NjRjMGFiMjNlOTdkOWUzZDM5OTE1OTc4YTc1MjFiNDA2ODVhM\
        DNjMmRhZGYxZTdiNzAyMTQ5NzgxOGRkNhJHc2hhMjU2OmZiMDZmNWFmMzljNWU1YTliMDg1ZDIxNDlmZDllZTcxZTVmOGE3NWI3ZTVmM\
        jg4MmRjNTkzMmNmNWYzODRiN2EaEFszLzNdIFJVTiBleGl0IDMqDAjijoXYBhCI1oa1AQ=="}
        {"id":"moby.buildkit.trace","aux":"CvsBCkdzaGEyNTY6YTA3NjRjMGFiMjNlOTdkOWUzZDM5OTE1OTc4YTc1MjFiNDA2ODVhM\
        DNjMmRhZGYxZTdiNzAyMTQ5NzgxOGRkNhJHc2hhMjU2OmZiMDZmNWFmMzljNWU1YTliMDg1ZDIxNDlmZDllZTcxZTVmOGE3NWI3ZTVmM\
        jg4MmRjNTkzMmNmNWYzODRiN2EaEFszLzNdIFJVTiBleGl0IDMqDAjijoXYBhCI1oa1ATIMCOKOhdgGEL65l8QCOjlleGVjdXRvciBmY\
        WlsZWQgcnVubmluZyBbL2Jpbi9zaCAtYyBleGl0IDNdOiBleGl0IGNvZGU6IDM="}
        {"errorDetail":{"message":"executor failed running [/bin/sh -c exit 3]: exit code: 3"},"error":"executor\
         failed running [/bin/sh -c exit 3]: exit code: 3"}
        """

    /// The last lines of a build that succeeds.
    static let ending = """
        {"id":"moby.buildkit.trace","aux":"EroBClV3cml0aW5nIGltYWdlIHNoYTI1NjoxZWUxNDliMjY0YjgxODZlNjJkMTY4N2FkO\
        TkzNjE4ZTM1OGZlOGNjZGE5NjZkNzhiZWU5MDk2Zjc5OGJkZDQ3EkdzaGEyNTY6ZThjNjEzZTA3YjBiN2ZmMzM4OTNiNjk0Zjc3NTlhM\
        TBkNDJlMTgwZjJiNGRjMzQ5ZmI1N2RjNmI3MWRjYWIwMDILCOOOhdgGELeFrzU6CwjjjoXYBhDE/a41"}
        {"id":"moby.buildkit.trace","aux":"CncKR3NoYTI1NjplOGM2MTNlMDdiMGI3ZmYzMzg5M2I2OTRmNzc1OWExMGQ0MmUxODBmM\
        mI0ZGMzNDlmYjU3ZGM2YjcxZGNhYjAwGhJleHBvcnRpbmcgdG8gaW1hZ2UqCwjjjoXYBhDI6fUiMgsI446F2AYQkOTkNRLHAQpVd3Jpd\
        GluZyBpbWFnZSBzaGEyNTY6MWVlMTQ5YjI2NGI4MTg2ZTYyZDE2ODdhZDk5MzYxOGUzNThmZThjY2RhOTY2ZDc4YmVlOTA5NmY3OThiZ\
        GQ0NxJHc2hhMjU2OmU4YzYxM2UwN2IwYjdmZjMzODkzYjY5NGY3NzU5YTEwZDQyZTE4MGYyYjRkYzM0OWZiNTdkYzZiNzFkY2FiMDAyC\
        wjjjoXYBhDL7eI1OgsI446F2AYQxP2uNUILCOOOhdgGENvr4jU="}
        {"id":"moby.image.id","aux":{"ID":"sha256:1ee149b264b8186e62d1687ad993618e358fe8ccda966d78bee9096f798bdd\
        47"}}
        """
}
