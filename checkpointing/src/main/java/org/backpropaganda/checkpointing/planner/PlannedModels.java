package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Engine;

/** The planned models of one engine that nobody else closes: they end with it. */
final class PlannedModels implements AutoCloseable {
    private final List<PlannedModel> models = new ArrayList<>();

    static PlannedModels of(Engine engine) {
        return engine.service(PlannedModels.class, e -> new PlannedModels());
    }

    synchronized void add(PlannedModel model) {
        models.add(model);
    }

    @Override
    public synchronized void close() {
        models.forEach(PlannedModel::close);
        models.clear();
    }
}
