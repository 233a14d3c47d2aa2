/** What piscina's workers do. */
export default function increment(n: number): number {
  return n + 1;
}
