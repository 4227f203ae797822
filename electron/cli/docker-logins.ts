import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Finding } from '#contract/doctor.ts'
import { bundledDockerCli, hasProgram } from '#base/docker-cli.ts'
import { errnoOf } from '#base/errno.ts'

/** Where docker would look. */
export interface LoginPlaces {
  dockerConfigDir: string
  env: NodeJS.ProcessEnv
  platform: NodeJS.Platform
  /** The folder with Cove's own docker and its helpers. */
  bundled?: string | undefined
}

/** The members of docker's config.json that say where logins go. */
interface Config {
  auths?: Record<string, { auth?: string }>
  credsStore?: string
  credHelpers?: Record<string, string>
}

/** Whether `docker login` would leave a password in plain text, by docker's own rules (docker/cli cli/config/credentials/default_store.go). */
export async function checkLogins({ dockerConfigDir, env, platform, bundled = bundledDockerCli() }: LoginPlaces): Promise<Finding> {
  const path = env['PATH'] ?? ''
  const file = join(dockerConfigDir, 'config.json')
  const config = await readConfig(file)
  const { auths = {}, credHelpers = {} } = config
  const plain = Object.entries(auths).filter(([, entry]) => entry.auth).map(([registry]) => registry)
  if (plain.length > 0) return warning(`"${file}" holds ${plain.length === 1 ? 'a login' : 'logins'} in plain text: ${plain.join(', ')}`, `${adviceFor(bundled, path, platform)}Then log out and in again: docker logout ${plain[0]}`)
  const isOpen = Object.keys(auths).length > 0 || Object.keys(credHelpers).length > 0
  const helper = config.credsStore || (isOpen ? undefined : defaultHelper(path, platform))
  if (helper === undefined) return warning(`docker login keeps passwords in plain text: "${file}" names no "credsStore"`, `Add to it: "credsStore": "${defaultHelper(path, platform)}"`)
  const program = `docker-credential-${helper}`
  const isPresent = hasProgram(path, program)
  if (isPresent && helper === 'secretservice' && !hasSessionBus(env)) return warning('docker login fails: no keychain can be reached from here (this session has no D-Bus, as over ssh and in CI)', 'Pulls that need no login work. To log in, do it in your desktop\'s session, or install pass and set it up ("pass init"): docker then uses that.')
  if (isPresent) return { name: 'logins', level: 'ok', message: `docker keeps logins with ${program}`, remark: null, fix: null }
  if (config.credsStore) return warning(`docker login fails: "${file}" names the helper "${helper}", and there is no ${program} on PATH`, adviceFor(bundled, path, platform) || `Install ${program}.`)
  return warning(`docker login keeps passwords in plain text: there is no ${program} on PATH`, adviceFor(bundled, path, platform) || `Install ${program}.`)
}

/** What docker takes where its configuration says nothing. */
function defaultHelper(path: string, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'osxkeychain'
  if (platform === 'win32') return 'wincred'
  return hasProgram(path, 'pass') ? 'pass' : 'secretservice'
}

/** Whether GLib would find a message bus (g_dbus_address_get_for_bus_sync); what listens there is not asked. */
function hasSessionBus(env: NodeJS.ProcessEnv): boolean {
  const runtimeDir = env['XDG_RUNTIME_DIR']
  return Boolean(env['DBUS_SESSION_BUS_ADDRESS'] || env['DISPLAY'] || (runtimeDir && existsSync(join(runtimeDir, 'bus'))))
}

/** How the helpers that Cove brings come onto PATH; empty where it has none. */
function adviceFor(bundled: string | undefined, path: string, platform: NodeJS.Platform): string {
  if (bundled === undefined || !hasProgram(bundled, `docker-credential-${defaultHelper(path, platform)}`)) return ''
  return platform === 'win32' ? `Put "${bundled}" on PATH. ` : `Put Cove's helpers on PATH: export PATH="$PATH:${bundled}" `
}

/** A file that is missing or no JSON says nothing; docker itself complains of the latter. */
async function readConfig(file: string): Promise<Config> {
  try {
    const config: unknown = JSON.parse(await readFile(file, 'utf8'))
    return typeof config === 'object' && config !== null ? config : {}
  } catch (error) {
    if (error instanceof SyntaxError || errnoOf(error) !== undefined) return {}
    throw error
  }
}

function warning(message: string, fix: string): Finding {
  return { name: 'logins', level: 'warning', message, remark: null, fix: fix.trim() }
}
