import { describe, expect, it } from 'vitest'
import { cardPerson } from '../../../src/providers/google/card-person.ts'
import { personCard } from '../../../src/providers/google/person-card.ts'
import { personText, writablePerson } from '../../../src/providers/google/writable-person.ts'
import { everyField } from '../../fixtures/google-person.ts'
import { personsOf, picture, sums, twoAccounts } from './two-accounts.ts'

describe('a restore of contacts to Google', () => {
  const two = twoAccounts()

  it('adds the picture of a contact that a broken restore left without it, and says so', async () => {
    two.alice.user.people.add(
      everyField([`${two.alice.emulator.origin}/photos/${two.alice.user.people.addPhoto(picture)}=s100`], []),
    )
    await two.saved()
    two.alice.emulator.faults.always(/updateContactPhoto/, { kind: 'cut' })
    expect(JSON.stringify(await two.restore())).toContain('The picture was not taken')
    two.alice.emulator.faults.clear()
    const pictures = () => two.bob.user.people.living(two.bob.user.people.connections).map(({ photos }) => photos?.length ?? 0)
    expect(pictures()).toEqual([0])
    expect(JSON.stringify(await two.restore({ dryRun: true }))).toContain('It is there without its picture; that would be added.')
    expect(pictures()).toEqual([0])
    expect(JSON.stringify(await two.restore())).toContain('It was there without its picture; that was added.')
    expect(pictures()).toEqual([1])
    expect(sums(await two.restore())).toEqual([0, 1, 0, 0])
  })

  it('gives each contact its own picture, in whatever order Google answers', async () => {
    for (const name of ['Ada', 'Bob', 'Cleo']) {
      const photo = two.alice.user.people.addPhoto(Buffer.from(`picture of ${name} `))
      const photos = [{ url: `${two.alice.emulator.origin}/photos/${photo}=s100` }]
      two.alice.user.people.add({ names: [{ displayName: name, givenName: name }], photos })
    }
    await two.saved()
    expect(sums(await two.restore())).toEqual([3, 0, 0, 0])
    const { people } = two.bob.user
    const pictures = people.living(people.connections).map(({ names, photos }) => {
      const name = /photos\/(\w+)=/.exec(photos?.[0]?.url ?? '')?.[1] ?? ''
      return [names?.[0]?.displayName, people.photos.get(name)?.toString().slice(0, -2)]
    })
    expect(pictures.sort()).toEqual(['Ada', 'Bob', 'Cleo'].map((name) => [name, `picture of ${name} `]))
  })

  it('restores a person with every field to an equal one, also from the card alone', async () => {
    two.alice.user.people.add(everyField([], []))
    const person = two.alice.user.people.living(two.alice.user.people.connections)[0] ?? {}
    await two.saved()
    const { losses } = await two.restore()
    expect(personsOf(two.bob)).toEqual([personText(person)])
    expect(losses.flatMap(({ texts }) => texts)).toEqual(
      expect.arrayContaining(['Google takes no skills.', 'Google takes one of these: birthdays.']),
    )
    const { person: own } = cardPerson(personCard(person, { groups: new Map(), photos: [] }))
    const fields = Object.keys(writablePerson(own).person)
    const wanted = Object.keys(writablePerson(person).person).filter((name) => name !== 'clientData')
    expect(fields.sort()).toEqual(wanted.sort())
  })
})
