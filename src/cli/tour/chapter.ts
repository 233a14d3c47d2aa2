/** One chapter of the tour. */
export interface Chapter {
  /** What `heddle tour NAME` calls it. */
  readonly name: string;
  readonly title: string;
  /** Shows it. `folder` is where the real job finds its files. */
  run(folder: string): void | Promise<void>;
}
