/**
 * What a person still has whose account is locked.
 * @param wayBack how the account is got back, a sentence
 */
export function lockedOutAdvice(provider: string, wayBack: string): string {
  return `Nothing in your vault has changed, and you can use all of it without ${provider}: open START HERE.html on the disk, gather documents with lifeboat collect, or bring everything into another account or a folder with lifeboat restore --to. ${wayBack}`
}
