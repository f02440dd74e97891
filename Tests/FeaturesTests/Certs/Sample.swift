/// Made for these tests by openssl; valid from November 2026 to October 2126, and nothing is behind them.
enum Sample {
    /// `shop.example.com` and what is below it, signed by ``intermediate``.
    static let leaf = """
        -----BEGIN CERTIFICATE-----
        MIIBtDCCAVmgAwIBAgIBAzAKBggqhkjOPQQDAjAeMRwwGgYDVQQDDBNTYW1wbGUg
        SW50ZXJtZWRpYXRlMCAXDTI2MTEyMTA3NTUzMloYDzIxMjYxMDI4MDc1NTMyWjAx
        MRQwEgYDVQQKDAtTYW1wbGUsIEluYzEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNv
        bTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABG92uDtFsHvqI4NoKwfMJ8TD7yJ5
        WlszD/Iwpq9kosF8A+7sf3TXACoBj9cOx8X+1jycaiywGBgz/vlnvASrD3WjczBx
        MC8GA1UdEQQoMCaCEHNob3AuZXhhbXBsZS5jb22CEiouc2hvcC5leGFtcGxlLmNv
        bTAdBgNVHQ4EFgQUExXmYqEAXNA8UD5mDzrCKeTbmyswHwYDVR0jBBgwFoAU5abm
        df9Q6a39WvIeHqG3PKNGZXkwCgYIKoZIzj0EAwIDSQAwRgIhAMO67eiHCobCcpCT
        ycSSPgDG6UN4VsTHjBZOEDxhxuSHAiEAr2rc0ExgvYTqVyMmey8iLeo2i+SLsVeT
        0UtazQ2CEXg=
        -----END CERTIFICATE-----
        """

    /// Signed by a root that is not here.
    static let intermediate = """
        -----BEGIN CERTIFICATE-----
        MIIBiDCCAS+gAwIBAgIBAjAKBggqhkjOPQQDAjAnMQ8wDQYDVQQKDAZTYW1wbGUx
        FDASBgNVBAMMC1NhbXBsZSBSb290MCAXDTI2MTEyMTA3NTUzMloYDzIxMjYxMDI4
        MDc1NTMyWjAeMRwwGgYDVQQDDBNTYW1wbGUgSW50ZXJtZWRpYXRlMFkwEwYHKoZI
        zj0CAQYIKoZIzj0DAQcDQgAEBhBejoe/DMwZera+AG7F/bHiYv7zGipEk4m/43dA
        fQLPNqRkAYsdEbUPDAnl6ieRU7a3MAMhahKQ21N3GJyQNKNTMFEwDwYDVR0TAQH/
        BAUwAwEB/zAdBgNVHQ4EFgQU5abmdf9Q6a39WvIeHqG3PKNGZXkwHwYDVR0jBBgw
        FoAUKVOdYTn4Py9CygxtGiGspzyMxEQwCgYIKoZIzj0EAwIDRwAwRAIge4WdHRLe
        J8ne20rCWSuvGntItIIeW7ErIXoSzID4RusCIFpkFEnxV1s6kc2+UhwayuBlrVDn
        5LWSPntvgEkLp9+P
        -----END CERTIFICATE-----
        """

    /// The key of ``leaf`` as `openssl ecparam -genkey` writes it.
    static let key = """
        -----BEGIN EC PARAMETERS-----
        BggqhkjOPQMBBw==
        -----END EC PARAMETERS-----
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIGnJU/b1MVa4AxpPgQsmNrUgR6MNh5Dw9NeV9CBfwUluoAoGCCqGSM49
        AwEHoUQDQgAEb3a4O0Wwe+ojg2grB8wnxMPvInlaWzMP8jCmr2SiwXwD7ux/dNcA
        KgGP1w7Hxf7WPJxqLLAYGDP++We8BKsPdQ==
        -----END EC PRIVATE KEY-----
        """

    /// The same key with the passphrase `abcd`, in the older form.
    static let encryptedKey = """
        -----BEGIN EC PRIVATE KEY-----
        Proc-Type: 4,ENCRYPTED
        DEK-Info: AES-128-CBC,7306C08FD7D9AA9844450888A964B02E

        EaillWXTwo4ebst6DyvTr9yWrreQvdkBWey2zY/9qR+H8WfCpeEiuEf0fPjxXaSN
        23AbeXP7VW3V8LXKa1Xfj5JUMQ4ctsx8ZVp2pIRK4BUsd+N/7w1Sxon909m9EfsJ
        WtFdDqPkJxkkADBjJw5X8vlD52G18j8OaO67QkD80wo=
        -----END EC PRIVATE KEY-----
        """

    /// The same in PKCS #8.
    static let encryptedPKCS8 = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAhT/ufvvmIRCgICCAAw
        DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEE3aN2cgZrJKD7Nxmbx58KYEgZD3
        a0dxBEmsAwZeadhEH1A5VU1sq0OG+mzNOeLzPTbtzDEGPtIq7HrxGjXb66htc8Wr
        qJHe/VDbdwolbjGWHaaDQ2yfMi6QWzNIQ+L3WDF3jyQhLUUza+3oUjqQmf563Vex
        qkjU0gjzUoL039ucckaC6J4bwqbzwEMRmYZD97QxaDgGcq4e8cZrfGaUTzfI05Y=
        -----END ENCRYPTED PRIVATE KEY-----
        """
}
