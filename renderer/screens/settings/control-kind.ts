import { z } from 'zod'
import { Settings, type SettingEntry } from '#contract/setting.ts'

// zod would make functions of text, which the content policy forbids.
z.config({ jitless: true })

/** With what a setting is changed. */
export type ControlKind =
  | { type: 'switch' }
  | { type: 'choice'; options: readonly string[] }
  | { type: 'number'; minimum: number | undefined; maximum: number | undefined }
  | { type: 'list' }
  | { type: 'text' }

/** The control for a setting by what the contract says it may hold; one of a newer engine goes by its value. */
export function controlKind({ name, value }: SettingEntry): ControlKind {
  const schema = schemaOf(name)
  if (schema instanceof z.ZodEnum) return { type: 'choice', options: schema.options.map(String) }
  if (schema instanceof z.ZodBoolean || typeof value === 'boolean') return { type: 'switch' }
  if (schema instanceof z.ZodArray || Array.isArray(value)) return { type: 'list' }
  if (typeof value === 'number') {
    const { minimum, maximum } = schema ? bounds(schema) : {}
    return { type: 'number', minimum, maximum }
  }
  return { type: 'text' }
}

/** What is wrong with a typed value as far as the contract can tell; null when nothing is. */
export function isAllowed(name: string, value: string | number | boolean | string[]): boolean {
  const schema = schemaOf(name)
  return schema === undefined || schema.safeParse(value).success
}

function schemaOf(name: string): z.ZodType | undefined {
  const schema = (Settings.shape as Record<string, z.ZodDefault<z.ZodType>>)[name]
  return schema?.unwrap()
}

/** The smallest and largest number a schema takes, through unions. */
function bounds(schema: z.ZodType): { minimum: number | undefined; maximum: number | undefined } {
  const json = z.toJSONSchema(schema) as JsonBounds
  const parts = json.anyOf ?? [json]
  const least = parts.map((part) => part.minimum ?? part.const)
  const most = parts.map((part) => part.maximum ?? part.const)
  const known = (numbers: (number | undefined)[]): number[] => numbers.filter((each) => each !== undefined)
  return {
    minimum: least.includes(undefined) ? undefined : Math.min(...known(least)),
    maximum: most.includes(undefined) ? undefined : Math.max(...known(most)),
  }
}

interface JsonBounds {
  minimum?: number
  maximum?: number
  const?: number
  anyOf?: JsonBounds[]
}
