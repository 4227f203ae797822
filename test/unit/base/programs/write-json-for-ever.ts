import { writeJson } from '#base/json-file.ts'

// Writes ever larger content to one file until it is killed.
const [path = ''] = process.argv.slice(2)
for (let count = 1; ; count++) {
  await writeJson(path, { count, filler: 'x'.repeat(200_000), end: count })
  process.stdout.write('.')
}
