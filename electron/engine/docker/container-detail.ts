import { z } from 'zod'
import type { ContainerDetail, ContainerLoss, EnvVariable } from '#contract/container.ts'
import { isSecret } from '#base/redact.ts'
import { wireTime } from './wire-time.ts'

const Raw = z.record(z.string(), z.unknown())

/** Docker's answer to `GET /containers/{id}/json`, as far as it is read; all of it goes on as it is. */
export const Inspection = z.looseObject({
  Id: z.string(),
  Name: z.string().default(''),
  Image: z.string().default(''),
  RestartCount: z.int().default(0),
  SizeRw: z.number().nullish(),
  State: z
    .object({
      Status: z.string().default(''),
      Running: z.boolean().default(false),
      Paused: z.boolean().default(false),
      OOMKilled: z.boolean().default(false),
      Pid: z.int().default(0),
      ExitCode: z.int().default(0),
      Error: z.string().default(''),
      StartedAt: z.string().default(''),
      FinishedAt: z.string().default(''),
    })
    .loose(),
  Config: z.looseObject({ Tty: z.boolean().default(false), OpenStdin: z.boolean().default(false), Env: z.array(z.string()).nullish(), Image: z.string().default('') }),
  Mounts: z.array(z.looseObject({ Type: z.string(), Name: z.string().nullish(), Source: z.string().nullish(), Destination: z.string(), RW: z.boolean().default(true) })).nullish(),
})
export type Inspection = z.infer<typeof Inspection>

/** An inspection for the window; secrets of the environment only when they are to be revealed. */
export function detailOf(found: Inspection, reveal: boolean): ContainerDetail {
  const { State: state } = found
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    startedAt: timeOrNull(state.StartedAt),
    finishedAt: timeOrNull(state.FinishedAt),
    isRunning: state.Running,
    hasTty: found.Config.Tty,
    isOomKilled: state.OOMKilled,
    exitCode: state.ExitCode,
    error: state.Error,
    restartCount: found.RestartCount,
    env: variablesOf(found.Config.Env, reveal),
    raw: Raw.parse({ ...found, Config: { ...found.Config, Env: reveal ? found.Config.Env : maskedEnv(found.Config.Env) } }),
  }
}

/** What goes with a container. */
export function lossOf(found: Inspection): ContainerLoss {
  const mounts = found.Mounts ?? []
  const isAnonymous = (name: string | null | undefined): name is string => /^[0-9a-f]{64}$/.test(name ?? '')
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    isRunning: found.State.Running,
    ownBytes: found.SizeRw ?? null,
    anonymousVolumes: mounts.map(({ Name: name }) => name).filter(isAnonymous),
    kept: mounts.flatMap(({ Type: type, Name: name, Source: source }) => (isAnonymous(name) || type === 'tmpfs' ? [] : [name || source || ''])).filter((name) => name !== ''),
  }
}

/** Variables as `NAME=value`, one by one; secrets only when they are to be revealed. */
export function variablesOf(env: readonly string[] | null | undefined, reveal: boolean): EnvVariable[] {
  return (env ?? []).map((text) => variable(text, reveal))
}

/** The same variables with `***` in place of each secret. */
export function maskedEnv(env: readonly string[] | null | undefined): string[] | undefined {
  return env?.map(masked)
}

function variable(text: string, reveal: boolean): EnvVariable {
  const [name, value] = split(text)
  const secret = isSecret(name, value)
  return { name, value: secret && !reveal ? null : value, isSecret: secret }
}

function masked(text: string): string {
  const [name, value] = split(text)
  return isSecret(name, value) ? `${name}=***` : text
}

function split(text: string): [name: string, value: string] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** Docker's zero time is the year 1. */
function timeOrNull(time: string): string | null {
  return time === '' || time.startsWith('0001-') ? null : wireTime(time)
}
