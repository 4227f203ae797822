import { z } from 'zod'
import type { ImageDetail, ImageLayer, ImageSize, UsedBy } from '#contract/image.ts'
import type { Container } from '#contract/container.ts'
import { maskedEnv, variablesOf } from './container-detail.ts'
import { ImageDetail as ImageRow } from './image.ts'
import { wireTime } from './wire-time.ts'

const words = z.array(z.string()).nullish()
const text = z.string().nullish()

/** Docker's answer to `GET /images/{name}/json` in full. */
export const ImageInspection = z.looseObject({
  Id: z.string(),
  Architecture: text,
  Os: text,
  Config: z
    .looseObject({ Cmd: words, Entrypoint: words, Env: words, WorkingDir: text, User: text, ExposedPorts: z.record(z.string(), z.unknown()).nullish(), Volumes: z.record(z.string(), z.unknown()).nullish() })
    .nullish(),
})
export type ImageInspection = z.infer<typeof ImageInspection>

/** Docker's answer to `GET /images/{name}/history`. */
export const ImageHistory = z.array(
  z
    .object({ CreatedBy: z.string().default(''), Created: z.number().default(0), Size: z.number().default(0), Comment: z.string().default(''), Tags: words })
    .transform((layer): ImageLayer => ({ createdBy: layer.CreatedBy, createdAt: wireTime(layer.Created), bytes: layer.Size, comment: layer.Comment, tags: layer.Tags ?? [] })),
)

/** Docker's answer to `GET /system/df?type=image`. */
export const ImageSizes = z
  .object({ Images: z.array(z.object({ Id: z.string(), Size: z.number().default(0), SharedSize: z.number().default(-1) })).nullish() })
  .transform(({ Images: images }): ImageSize[] => (images ?? []).map((image) => ({ id: image.Id, bytes: image.Size, sharedBytes: image.SharedSize < 0 ? null : image.SharedSize })))

/** Everything about one image. */
export function imageDetailOf(found: ImageInspection, { layers, usedBy }: { layers: ImageLayer[]; usedBy: UsedBy[] }): ImageDetail {
  const config = found.Config ?? {}
  return {
    ...ImageRow.parse(found),
    architecture: found.Architecture ?? '',
    os: found.Os ?? '',
    command: config.Cmd ?? [],
    entrypoint: config.Entrypoint ?? [],
    workingDir: config.WorkingDir ?? '',
    user: config.User ?? '',
    env: variablesOf(config.Env, false),
    ports: Object.keys(config.ExposedPorts ?? {}),
    volumes: Object.keys(config.Volumes ?? {}),
    layers,
    usedBy,
    raw: { ...found, Config: { ...config, Env: maskedEnv(config.Env) } },
  }
}

/** The containers that something is true of, by name. */
export function usersAmong(containers: Iterable<Container>, uses: (container: Container) => boolean): UsedBy[] {
  return [...containers].filter(uses).map(({ id, name, state }) => ({ id, name, state })).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}
