/** One chapter of the tour. */
export interface Chapter {
  /** What `heddle tour NAME` calls it. */
  readonly name: string;
  readonly title: string;
  /** Shows it. `folder` is where the real job finds its files, if the user named one. */
  run(folder?: string): void | Promise<void>;
}
