import { expect, test } from 'vitest'
import { redact, redactedJson } from '#base/redact.ts'

const canary = 'c4n4ry-S3cret'

test.each([
  `HTTP_PROXY=http://ann:${canary}@proxy.corp:3128`,
  `https_proxy=ann:${canary}@proxy.corp:3128`,
  `"httpProxy": "ann:${canary}@proxy.corp:3128"`,
  `cannot reach http://ann:x@${canary}@proxy:3128/`,
  `socks5://:${canary}@127.0.0.1:1080`,
  `git clone https://${canary}@github.com/x/y`,
  `http://corp%5Cann:${canary}%21@proxy`,
  `Authorization: Bearer ${canary}`,
  `authorization: Basic ${canary}==`,
  `Proxy-Authorization: Negotiate ${canary}`,
  `Authorization: Digest username="ann" ${canary}`,
  `{"Authorization":"Bearer ${canary}","x":1}`,
  `["X-Registry-Auth","${canary}"]`,
  `X-Registry-Auth: ${canary}`,
  `{"x-registry-config":"${canary}"}`,
  `Cookie: a=1; session=${canary}`,
  `{"auths":{"r.io":{"auth":"${canary}"}}}`,
  `{"auths":{"r.io":{"identitytoken":"${canary}"}}}`,
  `password=${canary}`,
  `password="with spaces ${canary}"`,
  `'passphrase': '${canary}'`,
  `{\\"password\\":\\"${canary}\\"}`,
  `AWS_SECRET_ACCESS_KEY=${canary}`,
  `api-key: ${canary}`,
  `docker login --password ${canary} r.io`,
  `-e DB_PASSWORD=${canary} postgres`,
  `token=ghp_abcdefghij${canary}`,
  `remote said: ghp_abcdefghij${canary.replace('-', '')}`,
  `jwt eyJhbGciOiJI.eyJzdWIiOiIx.${canary}`,
  `-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}\n-----END OPENSSH PRIVATE KEY-----`,
  `"-----BEGIN PRIVATE KEY-----\\n${canary}\\n"`,
])('the secret is taken out of %s', (text) => {
  expect(redact(text)).not.toContain(canary)
  expect(redact(text)).not.toContain(canary.replace('-', ''))
  expect(redact(text)).toContain('***')
})

test.each([
  'GET http://127.0.0.1:8080/path?email=ann@example.org 200',
  'unix:///home/ann/.cove/docker.sock',
  'ssh://git@example.org/x.git',
  'docker.io/library/busybox@sha256:0123456789abcdef',
  'localhost:5000/img@sha256:0123456789abcdef',
  'time 2026-01-02T03:04:05.678Z info engine: listening pid=17',
  'the password is wrong',
  'step "data-disk" took 12 ms, 3 tokens were read',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
])('ordinary text is kept: %s', (text) => {
  expect(redact(text)).toBe(text)
})

test('what surrounds a secret is kept', () => {
  expect(redact('pull via http://ann:pw@proxy:3128/ failed')).toBe('pull via http://***:***@proxy:3128/ failed')
  expect(redact('a\npassword=pw\nb')).toBe('a\npassword=***\nb')
  expect(redact('Authorization: Bearer x\nHost: y')).toBe('Authorization: ***\nHost: y')
})

test('redacting twice changes nothing more', () => {
  const once = redact(`http://a:b@c {"token":"x"} Authorization: Basic y`)
  expect(redact(once)).toBe(once)
})

test.each(['a', 'a-', '://', 'http://', 'eyJ-', 'password', '"', '-----BEGIN A', 'token=', '@:', 'A+'])(
  'a megabyte of %j takes no noticeable time',
  (piece) => {
    const text = piece.repeat(Math.ceil(1_000_000 / piece.length))
    const started = performance.now()
    redact(text)
    expect(performance.now() - started).toBeLessThan(3000)
  },
)

test('redacted JSON is JSON, its texts redacted and everything else kept', () => {
  const content = { token: canary, hasToken: true, secrets: [`password=${canary}`, 2], n: 123n, nested: { url: `http://a:${canary}@h` }, name: 'x' }
  const text = redactedJson(content)
  expect(text).not.toContain(canary)
  expect(JSON.parse(text)).toEqual({ token: '***', hasToken: true, secrets: ['password=***', 2], n: '123', nested: { url: 'http://***:***@h' }, name: 'x' })
})
