import { dockerId, listedContainer } from '../fixtures/docker-contents.ts'
import { test } from '../fixtures/docker.ts'
import { expect } from '../fixtures/app.ts'
import { lookInBoth } from '../fixtures/look.ts'

test('a network’s members are a picture that is a list to a screen reader; containers are put on it and taken off', async ({ app: { window, docker, engine } }) => {
  const network = dockerId('shop_default')
  const on = (names: string[]): object => ({
    Id: network,
    Name: 'shop_default',
    Driver: 'bridge',
    Scope: 'local',
    Created: '2026-11-22T08:00:00Z',
    IPAM: { Config: [{ Subnet: '172.18.0.0/16' }] },
    Containers: Object.fromEntries(names.map((name, index) => [dockerId(name), { Name: name, IPv4Address: `172.18.0.${index + 2}/16`, IPv6Address: '', MacAddress: '' }])),
  })
  docker.answer(`/networks/${network}`, on(['shop-web-1', 'shop-api-1', 'shop-db-1']))
  const asked: unknown[] = []
  const change = (verb: string, after: () => void): void =>
    docker.serve(`/networks/${network}/${verb}`, (request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString())).on('end', () => {
        asked.push([verb, (JSON.parse(body) as { Container: string }).Container])
        after()
        response.end()
      })
    })
  const tell = (name: string, networks: string[], action: string): void => {
    docker.containers.set(dockerId(name), { ...listedContainer({ name, image: 'redis:8-alpine' }), NetworkSettings: { Networks: Object.fromEntries(networks.map((each) => [each, {}])) } })
    docker.tell(action, network, 'network', { container: dockerId(name), name: 'shop_default' })
  }
  change('connect', () => tell('redis', ['bridge', 'shop_default'], 'connect'))
  change('disconnect', () => tell('redis', ['bridge'], 'disconnect'))
  await window.evaluate((id) => (location.hash = `#/networks/${id}`), network)
  const members = window.getByRole('list', { name: 'Members' })
  await expect(members.getByRole('listitem')).toHaveCount(4)
  await expect(members.getByRole('listitem').filter({ hasText: 'shop-db-1' })).toContainText('172.18.0.4')
  await expect(members.getByRole('listitem').filter({ hasText: 'shop-worker-1' })).toContainText('ended (137)')
  await lookInBoth({ window, engine }, 'network-picture')
  await window.getByRole('combobox', { name: 'Another container' }).selectOption({ label: 'redis' })
  await window.getByRole('button', { name: 'Connect', exact: true }).click()
  await expect(members.getByRole('listitem')).toHaveCount(5)
  await members.getByRole('button', { name: 'Disconnect redis' }).click()
  await expect(members.getByRole('listitem')).toHaveCount(4)
  expect(asked).toEqual([['connect', dockerId('redis')], ['disconnect', dockerId('redis')]])
  // A network without a way out says so; Docker's own is not left by hand.
  await window.evaluate((id) => (location.hash = `#/networks/${id}`), dockerId('vault'))
  await expect(window.getByRole('group', { name: 'Picture of vault' })).toContainText('no way out')
  await expect(window.getByText('No container is on it.')).toBeVisible()
  await window.evaluate((id) => (location.hash = `#/networks/${id}`), dockerId('host'))
  await expect(window.getByRole('group', { name: 'Picture of host' })).toBeVisible()
  await expect(window.getByRole('combobox', { name: 'Another container' })).toHaveCount(0)
})
