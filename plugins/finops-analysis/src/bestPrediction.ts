/** Takes the residual of whatever has lately predicted best. */
export class BestPrediction {
  /** Residuals of the present point, one of each prediction. */
  readonly candidates: Float64Array;
  readonly #usual: Float64Array;
  readonly #weight: number;
  readonly #clip: number;
  #count = 0;

  constructor(predictions: number, points: number, clip: number) {
    this.candidates = new Float64Array(predictions);
    this.#usual = new Float64Array(predictions);
    this.#weight = 1 / points;
    this.#clip = clip;
  }

  pick(): number {
    const usual = this.#usual;
    let best = 0;
    this.#count += 1;
    const weight = Math.max(this.#weight, 1 / this.#count);
    for (let k = 1; k < usual.length; k++) {
      best = usual[k] < usual[best] ? k : best;
    }
    const chosen = this.candidates[best];
    for (let k = 0; k < usual.length; k++) {
      const size = Math.abs(this.candidates[k]);
      const counted =
        usual[k] > 0 ? Math.min(size, this.#clip * usual[k]) : size;
      usual[k] += weight * (counted - usual[k]);
    }
    return chosen;
  }
}
