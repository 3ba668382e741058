/**
 * Freezes: no change of a scope is proposed, approved or merged for a while.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.createTable('finops_freezes', table => {
    table.comment('A row for each freeze; one that lasts is not lifted');
    table.string('id').notNullable().primary();
    table
      .string('scope')
      .notNullable()
      .comment('all | owner:<ref> | environment:<name>');
    table.text('reason').notNullable();
    table.string('frozen_by').notNullable();
    table.string('frozen_at').notNullable();
    table.string('ends_at').notNullable();
    table.string('lifted_at').comment('By a person, or when its end was seen');
    table.index('lifted_at');
  });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_freezes');
};
