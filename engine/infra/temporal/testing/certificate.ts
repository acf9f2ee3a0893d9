import { createPrivateKey } from 'node:crypto'

/** A self-signed certificate for these tests, valid until 2126; nothing trusts it. */
export const certificate = `-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIUcN8EPe9uxsady7UFc72iVDQ2HTUwCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNY29tcG96eSB0ZXN0czAgFw0yNjExMjMxNjU4MzhaGA8yMTI2
MTAzMDE2NTgzOFowGDEWMBQGA1UEAwwNY29tcG96eSB0ZXN0czBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABHzU1OOUeyt3mqtNnRqs5YwXzAqds7muoA0hAKFdrc9w
wXynI3NdMmy24vCeagfSXUk3ss0+5se7RP5i7KFaB4qjUzBRMB0GA1UdDgQWBBSd
ltV91KqCbnZZoi+c/SD5CGYI6zAfBgNVHSMEGDAWgBSdltV91KqCbnZZoi+c/SD5
CGYI6zAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCcKE5rTPKB
a60R5kxraALKk2rwwRA5lPj5l1UD2zkdtQIgAileSeKtXmUdhYBfhJBX5ZfCTxGS
pXUYfLpzwqFZY+s=
-----END CERTIFICATE-----
`

/** Its key, as PEM. */
export const certificateKey = createPrivateKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'fNTU45R7K3eaq02dGqzljBfMCp2zua6gDSEAoV2tz3A',
    y: 'wXynI3NdMmy24vCeagfSXUk3ss0-5se7RP5i7KFaB4o',
    d: '82MvVBPMed8Y4v1avDdtSNckXkPkLPMeDut9Jsj3QFo',
  },
})
  .export({ format: 'pem', type: 'pkcs8' })
  .toString()
