/**
 * What limits on change requests count by.
 *
 * @param {import('knex').Knex} knex
 */
exports.up = async function up(knex) {
  await knex.schema.alterTable('finops_deliveries', table => {
    table.string('repository').comment('URL');
    table.string('owner').comment('Owner of the entity, the first of several');
    table.string('begun_at').comment('When its change request was first begun');
    table
      .boolean('exempt')
      .notNullable()
      .defaultTo(false)
      .comment('Asks for more to keep a service well: no limit holds it up');
    table.index('repository');
    table.index('owner');
  });
  const rows = await knex('finops_deliveries').select(
    'recommendation_id',
    'plan',
    'updated_at',
  );
  for (const { recommendation_id: id, plan, updated_at: at } of rows) {
    await knex('finops_deliveries')
      .where({ recommendation_id: id })
      .update({ repository: JSON.parse(plan).repository.url, begun_at: at });
  }
  await knex.schema.createTable('finops_delivery_gate', table => {
    table.comment('One row that is locked while change requests are counted');
    table.integer('id').notNullable().primary();
  });
  await knex('finops_delivery_gate').insert({ id: 1 });
};

/** @param {import('knex').Knex} knex */
exports.down = async function down(knex) {
  await knex.schema.dropTable('finops_delivery_gate');
  await knex.schema.alterTable('finops_deliveries', table => {
    table.dropIndex('repository');
    table.dropIndex('owner');
    table.dropColumns('repository', 'owner', 'begun_at', 'exempt');
  });
};
