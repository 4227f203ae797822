const patterns: readonly (readonly [RegExp, string])[] = [
  // user:password@ in any URL
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@:"']*:[^\s/@"']*@/gi, '$1***:***@'],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, '*** private key ***'],
  [/\b(authorization|x-registry-auth|proxy-authorization|cookie)(["']?\s*[:=]\s*["']?)(?:(basic|bearer)\s+)?[^\s"',]+/gi, '$1$2***'],
  [/\b([\w-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|credential)s?)(["']?\s*[:=]\s*["']?)[^\s"',&]+/gi, '$1$2***'],
]

/** Text with passwords in URLs, private keys, tokens and the like replaced by ***. Applied wherever Cove writes a log. */
export function redact(text: string): string {
  return patterns.reduce((out, [pattern, replacement]) => out.replace(pattern, replacement), text)
}
