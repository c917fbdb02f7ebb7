package org.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.LedgerAccess;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What code outside the library cannot do to the ledger, to others' bytes and to their owners. */
class LedgerHonestyTest {
    private static final Shape FOUR = Shape.of(4);

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("mine");

    @AfterEach
    void close() {
        engine.close();
    }

    /** Everything public that takes a kind: it makes new bytes, or tells about them. A new entry needs a reason here. */
    @Test
    void kindsAreChosenForNewBytesAlone() {
        assertThat(publicMembersThatTake(MemoryKind.class))
                .containsExactlyInAnyOrder(
                        "AllocationWatcher.allocated", // is told
                        "AllocationWatcher.booked",
                        "LedgerAccess.allocate", // handed to three classes of the library alone
                        "LedgerAccess.become",
                        "MemoryLedger.liveBytes", // tell
                        "MemoryLedger.peakBytes",
                        "MemoryLedger$Listener.changed", // is told
                        "MemoryLedger$Usage.<init>", // an answer
                        "TensorScope.allocate", // new bytes
                        "TensorScope.zeros");
    }

    /** Everything public that takes a name: of a scope of the caller's own, or to tell about one. */
    @Test
    void pathsAreThoseOfScopesOfOnesOwn() {
        assertThat(publicMembersThatTake(String.class))
                .containsExactlyInAnyOrder(
                        "AllocationWatcher.allocated",
                        "AllocationWatcher.begins",
                        "AllocationWatcher.booked",
                        "AllocationWatcher.saved",
                        "AllocationWatcher$Phase.valueOf",
                        "Engine.requireOwn", // for the error
                        "Engine.scope",
                        "LedgerAccess.allocate",
                        "LedgerAccess.childAt",
                        "LedgerAccess.keep",
                        "LedgerAccess.leasesAt",
                        "LedgerAccess.rename", // of parameters and buffers, by the module that they belong to
                        "MemoryLedger.peakBytes",
                        "MemoryLedger$Listener.changed",
                        "MemoryLedger$Usage.<init>",
                        "MemoryKind.valueOf",
                        "DType.valueOf",
                        "NoValuesException.<init>",
                        "ShapeException.<init>",
                        "Tensor.written", // the name of the writer
                        "TensorScope.child");
    }

    /** Nothing hands out the pool, a block of it, or the storage that tensors share; no type of theirs is public. */
    @Test
    void thePoolIsOutOfReach() {
        Set<String> types = new TreeSet<>();
        tensorPackage().stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .flatMap(type -> type.getMethods().stream())
                .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC))
                .map(method -> method.getRawReturnType().getSimpleName())
                .forEach(types::add);
        assertThat(types).doesNotContain("BlockPool", "Block", "Storage", "Gate", "Workers", "Pages");
        assertThat(types).contains("Tensor", "TensorScope", "MemoryLedger");
    }

    private static JavaClasses tensorPackage() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("org.backpropaganda.autograd.tensor");
    }

    private static Set<String> publicMembersThatTake(Class<?> type) {
        Set<String> found = new TreeSet<>();
        tensorPackage().stream()
                .filter(owner -> owner.getModifiers().contains(JavaModifier.PUBLIC))
                .forEach(owner -> Stream.concat(owner.getMethods().stream(), owner.getConstructors().stream())
                        .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(member -> !member.getModifiers().contains(JavaModifier.BRIDGE))
                        .filter(member -> member.getRawParameterTypes().stream().anyMatch(p -> p.isEquivalentTo(type)))
                        .forEach(member -> found.add(owner.getName()
                                        .substring(owner.getPackageName().length() + 1) + "." + member.getName())));
        return found;
    }

    @ParameterizedTest
    @EnumSource(
            value = MemoryKind.class,
            names = {"ACTIVATION", "GRADIENT"})
    void whatTapesBookNobodyElseDoes(MemoryKind kind) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> scope.allocate(FOUR, DType.FLOAT, kind))
                .withMessageStartingWith("allocate: " + kind + " is what a tape books for")
                .withMessageEndingWith("; allocate TEMPORARY, and let the tape save or sum it");
        assertThatIllegalArgumentException().isThrownBy(() -> scope.zeros(FOUR, DType.FLOAT, kind));
        assertThat(engine.ledger().liveBytes()).isZero();
    }

    @Test
    void accessIsNotForOthers() throws ReflectiveOperationException {
        assertThatExceptionOfType(IllegalCallerException.class)
                .isThrownBy(() -> LedgerAccess.of(MethodHandles.lookup()))
                .withMessageStartingWith("ledger access: org.example.LedgerHonestyTest is not one of");
        assertThatExceptionOfType(IllegalCallerException.class)
                .isThrownBy(() -> LedgerAccess.of(MethodHandles.publicLookup()));
        for (String holder : List.of(
                "org.backpropaganda.autograd.graph.GraphLedger", "org.backpropaganda.autograd.optim.OptimizerLedger")) {
            Class<?> theirs = Class.forName(holder);
            MethodHandles.Lookup teleported = MethodHandles.privateLookupIn(theirs, MethodHandles.lookup());
            assertThatExceptionOfType(IllegalCallerException.class).isThrownBy(() -> LedgerAccess.of(teleported));
            MethodHandles.Lookup moved = MethodHandles.lookup().in(theirs);
            assertThatExceptionOfType(IllegalCallerException.class).isThrownBy(() -> LedgerAccess.of(moved));
            assertThat(theirs).matches(type -> !java.lang.reflect.Modifier.isPublic(type.getModifiers()), "not public");
        }
    }

    @Test
    void aParametersBytesAreNotFreedAlone() {
        Parameter parameter = new Parameter(scope.zeros(FOUR, DType.FLOAT, MemoryKind.PARAMETER));
        assertThatIllegalStateException()
                .isThrownBy(() -> parameter.value().close())
                .withMessageStartingWith("close: FLOAT[4] is the value of a parameter, which ends with its scope");
        assertThat(engine.ledger().liveBytes(MemoryKind.PARAMETER)).isEqualTo(16);
        assertThat(parameter.value().toDoubles()).containsOnly(0);
    }

    /** An op whose gradient is not its own to give. */
    private record Thief(Tensor loot) implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> in) {
            return in.get(0);
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none();
        }

        @Override
        public void forward(ForwardCall call) {
            call.output().copyFrom(call.input(0));
        }

        @Override
        public void vjp(BackwardCall call) {
            call.give(0, loot);
        }
    }

    @Test
    void anOpCannotGiveAParameterAway() {
        Parameter parameter = new Parameter(scope.zeros(FOUR, DType.FLOAT, MemoryKind.PARAMETER));
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(scope.zeros(FOUR, DType.FLOAT, MemoryKind.INPUT));
            Variable loss = Sum.sum(tape.apply(new Thief(parameter.value()), x));
            assertThatThrownBy(() -> tape.backward(loss))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("adopt: FLOAT[4] is the value of a parameter");
        }
        assertThat(parameter.value().kind()).isEqualTo(MemoryKind.PARAMETER);
        assertThat(engine.ledger().liveBytes(MemoryKind.PARAMETER)).isEqualTo(16);
    }

    @Test
    void aListenerThatThrowsMovesNoBytes() {
        MemoryLedger ledger = engine.ledger();
        Tensor before = scope.allocate(FOUR, DType.FLOAT);
        long reserved = engine.reservedBytes();
        MemoryLedger.Listener failing = (event, kind, path, delta, l) -> {
            throw new IllegalArgumentException("listener");
        };
        ledger.listen(failing);
        assertThatIllegalArgumentException().isThrownBy(() -> scope.allocate(Shape.of(1 << 20), DType.FLOAT));
        assertThat(ledger.liveBytes()).isEqualTo(16);
        assertThat(ledger.liveBytesByPath()).isEqualTo(Map.of("mine", 16L));
        engine.trim();
        assertThat(engine.reservedBytes()).isEqualTo(reserved);
        ledger.listen(failing);
        assertThatIllegalArgumentException().isThrownBy(before::close);
        assertThat(ledger.liveBytes()).isZero();
        scope.allocate(FOUR, DType.FLOAT);
        assertThat(ledger.liveBytes()).isEqualTo(16);
    }

    /** Moves between kinds are two events: a listener that throws at the first must not lose the second. */
    @Test
    void aListenerThatThrowsMakesNoKindLoseBytes() {
        MemoryLedger ledger = engine.ledger();
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(scope.allocate(FOUR, DType.FLOAT).fill(1));
            ledger.listen((event, kind, path, delta, l) -> {
                if (kind == MemoryKind.TEMPORARY && delta < 0) {
                    throw new IllegalArgumentException("listener");
                }
            });
            assertThatIllegalArgumentException().isThrownBy(() -> Tanh.tanh(Tanh.tanh(x)));
            long byPath = ledger.liveBytesByPath().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            long byKind = Stream.of(MemoryKind.values())
                    .mapToLong(ledger::liveBytes)
                    .peek(bytes -> assertThat(bytes).isNotNegative())
                    .sum();
            assertThat(byKind).isEqualTo(ledger.liveBytes()).isEqualTo(byPath);
        }
        scope.close();
        assertThat(ledger.liveBytes()).isZero();
    }

    @Test
    void nobodyLeavesAnEngineThatTheyHaveNotEntered() {
        assertThatIllegalStateException()
                .isThrownBy(engine::leave)
                .withMessageStartingWith("leave: the calling thread is not inside the engine");
        engine.enter();
        engine.leave();
        assertThatIllegalStateException().isThrownBy(engine::leave);
    }

    @Test
    void gradientsEndWithTheirOwner() {
        Parameter parameter = new Parameter(scope.zeros(FOUR, DType.FLOAT, MemoryKind.PARAMETER));
        try (Tape tape = Tape.training(scope, 1)) {
            Gradients gradients = tape.backward(Sum.sum(tape.parameter(parameter)));
            Tensor gradient = gradients.of(parameter);
            assertThatIllegalStateException()
                    .isThrownBy(gradient::close)
                    .withMessageStartingWith("close: FLOAT[4] is the gradient of a parameter");
            assertThat(engine.ledger().liveBytes(MemoryKind.GRADIENT)).isEqualTo(16);
            gradients.clear();
            assertThat(engine.ledger().liveBytes(MemoryKind.GRADIENT)).isZero();
        }
    }
}
