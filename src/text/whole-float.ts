/**
 * A float that happens to be whole, `1.0`. YAML and notebooks tell it from the integer `1`, JavaScript's numbers do not.
 * As JSON it is the number.
 */
export class WholeFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  toJSON(): number {
    return this.value;
  }
}
