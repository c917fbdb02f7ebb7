package org.backpropaganda.autograd.nn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Callee;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** A training step on shapes alone, and what is seen of it. */
final class ShapeRun implements TapeObserver {
    private final Module model;
    private final Map<String, Layer> layers = new LinkedHashMap<>();
    private final Deque<Running> running = new ArrayDeque<>();
    /** The innermost call that has ended without results, nothing having begun or returned since. */
    private @Nullable Running abandoned;

    private final Set<Module> met = new HashSet<>();
    private final Set<Parameter> counted = new HashSet<>();
    private boolean differentiates;
    private long multiplyAdds;
    private long repeatedMultiplyAdds;

    ShapeRun(Module model) {
        this.model = model;
    }

    private record Running(String path, boolean replay) {}

    private static final class Layer {
        private final Set<Callee> callees = new LinkedHashSet<>();
        private int calls;
        private List<TensorSpec> outputs = List.of();
        private long parameters;
        private long multiplyAdds;

        LayerSummary summary(String path, long savedBytes) {
            return new LayerSummary(path, type(), calls, outputs, parameters, savedBytes, multiplyAdds);
        }

        private String type() {
            String type = "";
            List<Callee> innermostFirst = new ArrayList<>(callees);
            Collections.reverse(innermostFirst);
            for (Callee callee : innermostFirst) {
                String name = callee.getClass().getSimpleName();
                String own = name.isEmpty() ? callee.getClass().getName() : name;
                type = type.isEmpty() ? own : own + "(" + type + ")";
            }
            return type;
        }
    }

    @Override
    public void entered(Callee callee, String path, boolean replay) {
        if (!replay) {
            Layer layer = layer(path);
            boolean inPlace = !running.isEmpty() && running.peek().path().equals(path);
            meet(layer, callee);
            layer.calls += inPlace ? 0 : 1;
        }
        running.push(new Running(path, replay));
        abandoned = null;
    }

    private Layer layer(String path) {
        return layers.computeIfAbsent(path, p -> new Layer());
    }

    private void meet(Layer layer, Callee callee) {
        if (layer.callees.add(callee)) {
            if (callee instanceof Module module) {
                met.add(module);
                for (Parameter parameter : module.ownParameters()) {
                    layer.parameters +=
                            counted.add(parameter) ? parameter.value().elements() : 0;
                }
            }
        }
    }

    @Override
    public void returned(String path, List<Variable> results) {
        Running call = running.pop();
        abandoned = null;
        if (!call.replay()) {
            layer(path).outputs = results.stream().map(Variable::spec).toList();
        }
    }

    @Override
    public void abandoned(String path) {
        Running call = running.pop();
        abandoned = abandoned == null ? call : abandoned;
    }

    @Override
    public void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {
        long count = op.multiplyAdds(inputs, output);
        if (replay) {
            repeatedMultiplyAdds += count;
        } else {
            multiplyAdds += count;
            layer(path).multiplyAdds += count;
        }
    }

    @Override
    public void gradient(String op, String path, Tensor gradient) {
        differentiates = true;
    }

    ModelSummary summary(List<TensorSpec> inputs, Consumer<TapeBuilder> settings) {
        try (Engine engine = engine();
                TensorScope scope = engine.scope("");
                Tape tape = tape(scope, settings)) {
            MemoryLedger ledger = engine.ledger();
            AtomicLong peak = new AtomicLong();
            ledger.listen((event, kind, path, delta, l) -> peak.accumulateAndGet(activationsAndResults(l), Math::max));
            List<Variable> outputs = forward(tape, scope, inputs);
            ledger.listen(null);
            Map<String, Long> saved = new LinkedHashMap<>();
            ledger.largestHolders(Integer.MAX_VALUE).stream()
                    .filter(usage -> usage.kind() == MemoryKind.ACTIVATION)
                    .forEach(usage -> saved.put(usage.path(), usage.bytes()));
            saved.keySet().forEach(this::layer);
            long savedBytes = ledger.liveBytes(MemoryKind.ACTIVATION);
            OptionalLong peakForward = differentiates ? OptionalLong.empty() : OptionalLong.of(peak.get());
            boolean differentiated = backward(tape, scope, outputs);
            meetOthers("", model);
            List<LayerSummary> rows = new ArrayList<>();
            layers.forEach((path, layer) -> rows.add(layer.summary(path, saved.getOrDefault(path, 0L))));
            Set<Parameter> parameters = new HashSet<>(model.trainedParameters());
            return new ModelSummary(
                    List.copyOf(rows),
                    parameters.stream().mapToLong(p -> p.value().elements()).sum(),
                    parameters.stream().mapToLong(p -> p.value().bytes()).sum(),
                    savedBytes,
                    peakForward,
                    differentiated ? OptionalLong.of(ledger.peakBytes(MemoryKind.ACTIVATION)) : OptionalLong.empty(),
                    differentiated ? peaks(ledger) : Map.of(),
                    differentiated ? OptionalLong.of(ledger.peakBytes()) : OptionalLong.empty(),
                    ledger.peakOffloadedBytes(),
                    multiplyAdds,
                    differentiated ? OptionalLong.of(repeatedMultiplyAdds) : OptionalLong.empty());
        }
    }

    private Tape tape(TensorScope scope, Consumer<TapeBuilder> settings) {
        TapeBuilder builder = Tape.builder(scope);
        settings.accept(builder);
        return builder.observer(this).build();
    }

    private static long activationsAndResults(MemoryLedger ledger) {
        return ledger.liveBytes(MemoryKind.ACTIVATION)
                + ledger.liveBytes(MemoryKind.TEMPORARY)
                + ledger.liveBytes(MemoryKind.GRADIENT);
    }

    private static Map<MemoryKind, Long> peaks(MemoryLedger ledger) {
        Map<MemoryKind, Long> peaks = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : MemoryKind.values()) {
            if (kind != MemoryKind.PARAMETER && kind != MemoryKind.OPTIMIZER) {
                peaks.put(kind, ledger.peakBytes(kind));
            }
        }
        return Collections.unmodifiableMap(peaks);
    }

    /** One that computes as the model's own. */
    private Engine engine() {
        return model.trainedParameters().stream()
                .findFirst()
                .map(parameter -> Engine.withoutMemory(parameter.value().engine()))
                .orElseGet(Engine::withoutMemory);
    }

    private List<Variable> forward(Tape tape, TensorScope scope, List<TensorSpec> inputs) {
        List<Variable> entered = inputs.stream()
                .map(spec -> tape.constant(scope.allocate(spec.shape(), spec.dtype(), MemoryKind.INPUT)))
                .toList();
        try {
            return model.call(entered);
        } catch (ShapeException e) {
            ShapeException told = new ShapeException(e.getMessage() + "; in " + place());
            told.initCause(e);
            throw told;
        } catch (NoValuesException e) {
            NoValuesException told = new NoValuesException(
                    "summary: " + place() + " reads values, but a summary computes shapes alone: " + e.getMessage());
            told.initCause(e);
            throw told;
        }
    }

    /** The module that was running when something failed. */
    private String place() {
        Running innermost = abandoned != null ? abandoned : running.peek();
        String path = innermost == null ? "" : innermost.path();
        String type = layer(path).type();
        return path.isEmpty() ? type : path + " (" + type + ")";
    }

    private static boolean backward(Tape tape, TensorScope scope, List<Variable> outputs) {
        List<Variable> differentiated =
                outputs.stream().filter(Variable::requiresGradient).toList();
        if (differentiated.isEmpty()) {
            return false;
        }
        List<Tensor> gradients = differentiated.stream()
                .map(y -> scope.allocate(y.shape(), y.dtype(), MemoryKind.TEMPORARY))
                .toList();
        try {
            tape.backward(differentiated, gradients).close();
            return true;
        } catch (NoValuesException e) {
            return false;
        }
    }

    /** Modules that are never called, but whose parameters somebody may use. */
    private void meetOthers(String path, Module module) {
        if (!met.contains(module) && !counted.containsAll(module.ownParameters())) {
            meet(layer(path), module);
        }
        module.children()
                .forEach((name, child) ->
                        meetOthers(path.isEmpty() || name.isEmpty() ? path + name : path + "." + name, child));
    }
}
