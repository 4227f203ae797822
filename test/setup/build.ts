import { build } from '#scripts/build.ts'

/** Builds dist/ before tests that run the built programs; instant when nothing changed. */
export async function setup(): Promise<void> {
  await build()
}
