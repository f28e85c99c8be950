# Training rate of PyTorch beside ours: python torchrate.py [threads] [seconds].
# Prints the rate of the best step, and images for each second of CPU time.
import sys, time
import torch
from torch import nn
import torch.nn.functional as F

threads = int(sys.argv[1]) if len(sys.argv) > 1 else 2
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
torch.set_num_threads(threads)
torch.manual_seed(1)


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 20, 5), nn.Conv2d(20, 50, 5)
        self.fc1, self.fc2 = nn.Linear(800, 500), nn.Linear(500, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(cout)
        self.conv2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(cout)
        self.pad = (cout - cin) // 2

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.pad:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(y + x)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        blocks, cin = [], 16
        for cout in (16, 32, 64):
            for i in range(3):
                blocks.append(Block(cin, cout, 2 if cin != cout else 1))
                cin = cout
        self.blocks, self.linear = nn.Sequential(*blocks), nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn1(self.conv1(x))))
        return self.linear(x.mean((2, 3)))


print("torch", torch.__version__, "threads", threads)
for name, net, shape in (("lenet5", LeNet5(), (128, 1, 28, 28)), ("resnet20", ResNet20(), (128, 3, 32, 32))):
    opt = torch.optim.SGD(net.parameters(), lr=.001, momentum=.9, nesterov=True)
    x, y = torch.randn(shape), torch.arange(shape[0]) % 10
    opt.zero_grad()
    F.cross_entropy(net(x), y).backward()
    opt.step()
    best, steps, end, cpu = 1e9, 0, time.time() + seconds, time.process_time()
    while time.time() < end:
        t = time.time()
        opt.zero_grad()
        F.cross_entropy(net(x), y).backward()
        opt.step()
        best, steps = min(best, time.time() - t), steps + 1
    cpu = time.process_time() - cpu
    print(name, round(shape[0] / best, 1), "best images/s", round(steps * shape[0] / cpu, 1), "images/cpu-s")
