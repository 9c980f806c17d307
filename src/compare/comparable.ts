/** Whether runs can be laid side by side: the server takes so many. */
export function isComparable({ length }: readonly string[]): boolean {
  return length >= 2 && length <= 20;
}
