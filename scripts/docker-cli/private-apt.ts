import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { readMirrors } from '../guest/apt-sources.ts'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** An apt with its own lists and cache, for a suite that the machine itself does not use; it needs no root and changes nothing. */
export interface PrivateApt {
  update(): Promise<void>
  /** Downloads packages, verified against the suite's signed index, into `folder`. */
  download(packages: readonly string[], folder: string): Promise<void>
}

/** Sets up a private apt below `folder` for one Debian suite and processor, from the machine's own mirror. */
export async function openPrivateApt(folder: string, suite: string, architecture: string): Promise<PrivateApt> {
  for (const path of ['lists/partial', 'archives/partial', 'dpkg']) await mkdir(join(folder, path), { recursive: true })
  const { debian } = await readMirrors()
  // A mirror's copy of an unreleased suite may be past its date; its signature is checked all the same.
  await writeFile(join(folder, 'sources.list'), `deb [check-valid-until=no signed-by=${keyring}] ${debian} ${suite} main\n`)
  await writeFile(join(folder, 'dpkg', 'status'), '')
  const options = Object.entries({
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'dpkg', 'status'),
    'Dir::Cache': folder,
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Acquire::Languages': 'none',
    // Otherwise apt, run as root, would drop to a user who cannot write here.
    'APT::Sandbox::User': 'root',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  const apt = async (args: readonly string[], cwd: string): Promise<void> => void (await execa('apt-get', ['-qq', ...options, ...args], { cwd }))
  return {
    update: () => apt(['update'], folder),
    download: (packages, cwd) => apt(['download', ...packages], cwd),
  }
}
