/** How often something was said, was true, and both. */
export class Confusion {
  #said = 0;
  #true = 0;
  #both = 0;

  add(said: boolean, isTrue: boolean): void {
    this.#said += said ? 1 : 0;
    this.#true += isTrue ? 1 : 0;
    this.#both += said && isTrue ? 1 : 0;
  }

  get said(): number {
    return this.#said;
  }

  get true(): number {
    return this.#true;
  }

  /** NaN when nothing was said. */
  get precision(): number {
    return this.#both / this.#said;
  }

  /** NaN when nothing is true. */
  get recall(): number {
    return this.#both / this.#true;
  }
}
