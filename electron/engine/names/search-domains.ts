import { readFile } from 'node:fs/promises'
import { execa } from 'execa'
import { FileWatch } from '#base/file-watch.ts'

const resolvConf = '/etc/resolv.conf'
/** The guest's line for them is bounded. */
const maxCharacters = 800

/** The search list of a resolv.conf(5): the last `search` or `domain` line counts. */
export function parseResolvConf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/))
  const last = lines.findLast(([word]) => word === 'search' || word === 'domain')
  return usable(last?.slice(1) ?? [])
}

/** The search list in what `reg query HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters` prints. */
export function parseTcpipParameters(text: string): string[] {
  const value = (name: string): string => new RegExp(String.raw`^\s+${name}\s+REG_SZ[ \t]+(\S.*?)\s*$`, 'm').exec(text)?.[1] ?? ''
  return usable([value('SearchList') || value('Domain') || value('DhcpDomain')].join(',').split(/[,\s]+/))
}

/** Names of hosts and nothing else, as many as fit. */
function usable(words: readonly string[]): string[] {
  const domains = words.map((word) => word.replace(/\.$/, '')).filter((word) => /^[\w-]+(\.[\w-]+)*$/.test(word))
  let characters = 0
  return domains.filter((domain) => (characters += domain.length + 1) <= maxCharacters)
}

/** The domains that this host tries for a name without a dot; none when it does not tell. */
export async function readSearchDomains(): Promise<string[]> {
  if (process.platform !== 'win32') return parseResolvConf(await readFile(resolvConf, 'utf8').catch(() => ''))
  const { stdout } = await execa('reg', ['query', String.raw`HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`], { reject: false })
  return parseTcpipParameters(stdout ?? '')
}

/** Tells each change of the host's name resolution: its resolv.conf, replaced, rewritten or led elsewhere. Not on Windows. */
export function watchNameResolution(onChange: () => void): Disposable {
  const watch = new FileWatch(onChange)
  if (process.platform !== 'win32') watch.set([resolvConf])
  return watch
}
