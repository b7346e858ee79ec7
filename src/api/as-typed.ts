/** A name as a person types it in a command: in quotes where a shell would take it apart. */
export function asTyped(name: string): string {
  return /^[\w@%+=:,./-]+$/.test(name) ? name : `"${name.replaceAll(/["$`\\]/g, '\\$&')}"`
}
