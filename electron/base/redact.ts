const secretWords = String.raw`(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)s?`
// Quotes and backslashes before a separator or value: text may be JSON, or JSON quoted inside JSON.
const quotes = String.raw`[\\"']*`
const value = String.raw`(?:\\?"[^"\r\n]*|'[^'\r\n]*|[^\s"',;&}\]]+)`

/** Each runs in time linear in the text (no unbounded run before a word): logs hold what a guest printed. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, '*** private key ***'],
  // user:password@ in any URL; a password may hold a raw @
  [/:\/\/[^\s/@:"'\\]{0,256}:[^\s/"'\\]{0,1024}@/g, '://***:***@'],
  // a token alone before the @ of a web address
  [/(https?:\/\/)[^\s/@:"'\\]{1,1024}@/gi, '$1***@'],
  // proxy variables are often written without a scheme
  [new RegExp(String.raw`(proxy${quotes}[ \t]*[:=][ \t]*${quotes})[^\s/@:"'\\]{1,256}:[^\s/"'\\]{0,1024}@`, 'gi'), '$1***:***@'],
  // headers: everything up to the end of the line or the quoted text
  [/((?:authorization|x-registry-auth|x-registry-config|cookie)["']?[ \t]*[:=][ \t]*)(?:\\?["'][^"'\r\n]*|[^"'\\\r\n][^\r\n]*)/gi, '$1***'],
  [/((?:authorization|x-registry-auth|x-registry-config|cookie)\\?["'][ \t]*[:,][ \t]*\\?["'])[^"'\\\r\n]+/gi, '$1***'],
  // ~/.docker/config.json
  [/("auth\\?"[ \t]*:[ \t]*\\?")[^"\\]+/g, '$1***'],
  [new RegExp(String.raw`(${secretWords}${quotes}[ \t]*[:=][ \t]*)${value}`, 'gi'), '$1***'],
  [new RegExp(String.raw`(--${secretWords}\s+)[^\s"']+`, 'gi'), '$1***'],
  [/(?<![\w-])(?:gh[pousr]_|github_pat_|glpat-|dckr_pat_|xox[abpr]-)[\w-]{10,255}/g, '***'],
  [/(?<![\w-])eyJ[\w-]{8,4096}\.[\w-]{8,4096}\.[\w-]{8,4096}/g, '***'],
]

const secretKey = new RegExp(`${secretWords}$|^(?:auth|authorization|proxy-authorization|x-registry-auth|x-registry-config|cookie|set-cookie)$`, 'i')

/** Text with passwords in URLs, private keys, tokens and the like replaced by ***. Applied wherever Cove writes a log. */
export function redact(text: string): string {
  return patterns.reduce((out, [pattern, replacement]) => out.replace(pattern, replacement), text)
}

/** JSON of a value whose texts are redacted one by one, so that it stays JSON. */
export function redactedJson(content: unknown, indent?: number): string {
  return JSON.stringify(content, (key, part: unknown) => {
    if (typeof part === 'string') return secretKey.test(key) ? '***' : redact(part)
    return typeof part === 'bigint' ? String(part) : part
  }, indent)
}

/** Names of variables that hold secrets, beside those in `secretKey`. */
const secretVariable = new RegExp(`(?:^|_)${secretWords}(?:_|$)|(?:^|_)(?:pass|pwd|key|auth|dsn|salt)$`, 'i')

/** Whether a variable's value should not be shown unasked: by its name, or because it holds what `redact` takes out. */
export function isSecret(name: string, value: string): boolean {
  return value !== '' && (secretKey.test(name) || secretVariable.test(name) || redact(value) !== value)
}
