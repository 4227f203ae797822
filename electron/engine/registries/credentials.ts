import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { z } from 'zod'
import { CoveError } from '#contract/errors.ts'
import { bundledDockerCli } from '#base/docker-cli.ts'
import { errnoOf } from '#base/errno.ts'

/** What a registry is told about who asks; Docker's AuthConfig. */
export type RegistryLogin = { username: string; password: string; serveraddress: string } | { identitytoken: string; serveraddress: string }

/** docker's own configuration, as far as it is about logins. */
const Config = z.object({
  auths: z.record(z.string(), z.object({ auth: z.string(), identitytoken: z.string() }).partial()).nullish(),
  credsStore: z.string().nullish(),
  credHelpers: z.record(z.string(), z.string()).nullish(),
})
const Secret = z.object({ Username: z.string(), Secret: z.string() })

/** Where docker keeps the login of Docker Hub, by whatever name it is asked for. */
const hubAddress = 'https://index.docker.io/v1/'
/** A keychain may ask its user first. */
const helperMs = 60_000

/** The registry of an image's name as docker reads it: `docker.io` where none is named. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/')
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io'
}

/** docker's configuration folder, where nobody names another. */
export function defaultDockerConfigDir(env: NodeJS.ProcessEnv = process.env): string {
  return env['DOCKER_CONFIG'] || join(homedir(), '.docker')
}

/**
 * The user's login for a registry, from docker's own configuration or the keychain it names; undefined when there is none.
 * @throws CoveError `context.file-broken` when the configuration cannot be read.
 */
export async function findLogin(registry: string, dockerConfigDir: string = defaultDockerConfigDir()): Promise<RegistryLogin | undefined> {
  const address = registry === 'docker.io' ? hubAddress : registry
  const config = await readConfig(join(dockerConfigDir, 'config.json'))
  const helper = config.credHelpers?.[registry] ?? config.credHelpers?.[address] ?? config.credsStore
  if (helper) {
    const found = await askHelper(helper, address)
    if (found) return found
  }
  const entry = Object.entries(config.auths ?? {}).find(([name]) => name === address || hostOf(name) === registry)?.[1]
  if (entry?.identitytoken) return { identitytoken: entry.identitytoken, serveraddress: address }
  const text = Buffer.from(entry?.auth ?? '', 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon === -1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1), serveraddress: address }
}

/** The header of Docker's API that carries a login; without one it says so. */
export function registryHeader(login: RegistryLogin | undefined): { 'X-Registry-Auth': string } {
  return { 'X-Registry-Auth': Buffer.from(JSON.stringify(login ?? {})).toString('base64url') }
}

async function readConfig(path: string): Promise<z.infer<typeof Config>> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return '{}'
    throw broken(path, error)
  })
  try {
    return Config.parse(JSON.parse(text))
  } catch (error) {
    throw broken(path, error)
  }
}

/** Never with the file's text: it may hold passwords. */
function broken(path: string, cause: unknown): CoveError {
  return new CoveError('context.file-broken', { message: `docker's configuration "${path}" cannot be read, so no login can be taken from it`, about: { path }, hint: 'Correct that file or move it away.', cause })
}

function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, '').replace(/\/.*$/, '')
}

/** Asks docker's credential helper; what it does not know, and a helper that is missing, is no login. */
async function askHelper(name: string, address: string): Promise<RegistryLogin | undefined> {
  if (!/^[\w.-]{1,64}$/.test(name)) return undefined
  const bundled = bundledDockerCli()
  const path = [process.env['PATH'], bundled].filter(Boolean).join(delimiter)
  const output = await new Promise<string>((resolve) => {
    const child = execFile(`docker-credential-${name}`, ['get'], { env: { ...process.env, PATH: path }, timeout: helperMs, maxBuffer: 1024 * 1024, windowsHide: true }, (error, stdout) => resolve(error ? '' : stdout))
    child.stdin?.on('error', () => undefined).end(address)
  })
  const secret = Secret.safeParse(parseJson(output)).data
  if (!secret || secret.Secret === '') return undefined
  return secret.Username === '<token>' ? { identitytoken: secret.Secret, serveraddress: address } : { username: secret.Username, password: secret.Secret, serveraddress: address }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
