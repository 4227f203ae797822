import { coveVersion } from '#base/version.ts'
import { defineCommand, jsonFlag } from '../declare.ts'

/** `cove version` */
export const version = defineCommand({
  name: 'version',
  group: 'Set up:',
  summary: 'print the version',
  options: { json: jsonFlag },
  async run({ options }, cli) {
    if (options.json) cli.json({ version: coveVersion, node: process.versions.node, platform: cli.io.platform, arch: process.arch })
    else cli.out.line(`cove ${coveVersion}`)
  },
})
