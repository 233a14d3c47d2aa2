/** Puts containers right that a dead thread was changing, and frees their LOCKs. See core/container.ts, N4. */
import { changeFreed, changeVersion, setRepair } from "./container.ts";
import { eachContainer } from "./heap.ts";
import { KIND } from "./kind.ts";
import { CONTAINER } from "./container-layout.ts";
import { field } from "./layout.ts";
import { abandon, ownerOf } from "./mutex.ts";
import { repairTable } from "./dict.ts";
import { type Addr, load } from "./word.ts";

/** Makes a container whole again whose LOCK the caller has, or a dead thread. */
export function repairContainer(c: Addr): void {
  if (load(field(c, CONTAINER.STORAGE)) === 0) return; // it was being reclaimed
  if (load(c) === KIND.SHARED_ARRAY) changeVersion(c);
  else repairTable(c);
  changeFreed(c);
}
setRepair(repairContainer);

/** Repairs whatever a dead thread had locked. */
export function repairContainers(dead: number): void {
  if (dead === 0) return;
  eachContainer((c) => {
    const word = field(c, CONTAINER.LOCK);
    if (load(c) === KIND.NONE || ownerOf(load(word)) !== dead) return;
    repairContainer(c);
    abandon(word, dead, true);
  });
}
