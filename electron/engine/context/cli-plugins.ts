import { lstat, mkdir, readlink, rm, rmdir, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CoveError, toCoveError } from '#contract/errors.ts'
import type { PluginLink } from '#contract/context.ts'

const exe = process.platform === 'win32' ? '.exe' : ''
const names = ['docker-buildx', 'docker-compose']

/**
 * Makes docker find Cove's compose and buildx, by links in its own folder of plug-ins; what is there already stays.
 * @throws CoveError `file.unwritable`.
 */
export async function linkPlugins(dockerConfigDir: string, bundled: string): Promise<PluginLink[]> {
  const links: PluginLink[] = []
  for (const name of names) {
    const path = join(dockerConfigDir, 'cli-plugins', `${name}${exe}`)
    const target = join(bundled, 'cli-plugins', `${name}${exe}`)
    if (await isOurs(path)) await rm(path)
    else if (await lstat(path).catch(() => undefined)) {
      links.push({ name, path, isOurs: false })
      continue
    }
    await link(target, path)
    links.push({ name, path, isOurs: true })
  }
  return links
}

/** The links that linkPlugins made: what a reset removes. */
export async function ownPlugins(dockerConfigDir: string): Promise<string[]> {
  const ours = []
  for (const name of names) {
    const path = join(dockerConfigDir, 'cli-plugins', `${name}${exe}`)
    if (await isOurs(path)) ours.push(path)
  }
  return ours
}

/** Takes back what linkPlugins made, and the folder when nothing else is in it. */
export async function unlinkPlugins(dockerConfigDir: string): Promise<void> {
  const ours = await ownPlugins(dockerConfigDir)
  for (const path of ours) await rm(path, { force: true })
  if (ours.length > 0) await rmdir(join(dockerConfigDir, 'cli-plugins')).catch(() => undefined)
}

/** A link into a folder laid out like ours, also one of a Cove that has moved since. */
async function isOurs(path: string): Promise<boolean> {
  const target = await readlink(path).catch(() => '')
  return /[\\/]resources[\\/]bin[\\/][a-z0-9]+-[a-z0-9]+[\\/]cli-plugins[\\/]/.test(target)
}

async function link(target: string, path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await symlink(target, path)
  } catch (error) {
    throw new CoveError('file.unwritable', {
      message: `cannot make the link "${path}": ${toCoveError(error).message}`,
      about: { path },
      hint: `Or name "${dirname(target)}" in cliPluginsExtraDirs of docker's config.json.`,
      cause: error,
    })
  }
}
