/** An XDG autostart entry that runs these words (freedesktop.org, Desktop Entry Specification, "The Exec key"). */
export function autostartEntry(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word.replaceAll(/["`$\\]/g, String.raw`\$&`).replaceAll('\\', String.raw`\\`).replaceAll('%', '%%')}"`)
  return ['[Desktop Entry]', 'Type=Application', 'Name=Cove', `Exec=${quoted.join(' ')}`, 'Terminal=false', 'X-GNOME-Autostart-enabled=true', ''].join('\n')
}
